import type { AnyNode, ArrayPattern, ObjectPattern } from 'acorn';
import type { Analysis, Frame } from './analysis.ts';
import { read, readMember } from './expressions.ts';
import type { Slot } from './flow.ts';
import { keyOf } from './syntax.ts';

/** What is in `value` flows into a variable, a property or, by destructuring, into several. */
export function assign(pattern: AnyNode, value: Slot, frame: Frame, analysis: Analysis): void {
  const { world, names } = analysis;
  switch (pattern.type) {
    case 'Identifier': {
      const binding = names.bindingOf(pattern);
      if (typeof binding === 'object' && 'references' in binding) value.to(analysis.variable(binding));
      else if (typeof binding === 'object' && 'global' in binding) {
        world.put(world.native('globalThis'), binding.global, value);
      }
      break;
    }
    case 'MemberExpression':
      analysis.remember(pattern, readMember(pattern, frame, analysis));
      world.store(
        pattern.object.type === 'Super' ? frame.self : analysis.slotOf(pattern.object),
        keyOf(pattern),
        value,
      );
      break;
    case 'AssignmentPattern':
      assign(pattern.left, analysis.union(value, read(pattern.right, frame, analysis)), frame, analysis);
      break;
    case 'ObjectPattern':
      assignProperties(pattern, value, frame, analysis);
      break;
    case 'ArrayPattern':
      assignElements(pattern, world.iterate(value), frame, analysis);
      break;
  }
}

function assignProperties(pattern: ObjectPattern, value: Slot, frame: Frame, analysis: Analysis): void {
  for (const property of pattern.properties) {
    // The rest of an object is taken for the object itself.
    if (property.type === 'RestElement') assign(property.argument, value, frame, analysis);
    else {
      if (property.computed) read(property.key, frame, analysis);
      const part = analysis.world.flow.slot();
      analysis.world.load(value, keyOf(property), part);
      assign(property.value, part, frame, analysis);
    }
  }
}

function assignElements(pattern: ArrayPattern, elements: Slot, frame: Frame, analysis: Analysis): void {
  const { world } = analysis;
  for (const element of pattern.elements) {
    if (element?.type === 'RestElement') {
      assign(element.argument, world.flow.slot(world.array(elements)), frame, analysis);
    } else if (element) assign(element, elements, frame, analysis);
  }
}
