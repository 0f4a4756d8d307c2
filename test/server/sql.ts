import { parse } from 'acorn';
import { transformSync } from 'esbuild';

type Node = { type: string; start: number; end: number; [field: string]: unknown };

/** Words that SQL is recognised by; it is written in capitals here. */
const sql =
  /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP|TRUNCATE|COPY|VALUES|WHERE|ORDER BY|LIMIT|ATTACH|DETACH|GRANT|SET)\b/;

/**
 * What a program of TypeScript puts into texts of SQL and is no constant of that file: the source of each expression in
 * a template, and of each operand beside such a text in a sum, a `concat` or a `join`.
 */
export function putIntoSql(source: string): string[] {
  const code = transformSync(source, { loader: 'ts', target: 'esnext' }).code;
  const program = parse(code, { ecmaVersion: 'latest', sourceType: 'module' }) as unknown as Node;
  const constants = constantsOf(program);
  const text = ({ start, end }: Node): string => code.slice(start, end);
  const found: string[] = [];
  const put = (nodes: Node[]): void =>
    void found.push(...nodes.filter((node) => !isConstant(node, constants)).map(text));

  function visit(node: Node): void {
    if (node.type === 'TemplateLiteral') {
      const { quasis, expressions } = node as unknown as { quasis: Node[]; expressions: Node[] };
      if (quasis.some((part) => sql.test(text(part)))) put(expressions);
    }
    if (node.type === 'BinaryExpression' && node.operator === '+') {
      const operands = [node.left, node.right] as Node[];
      if (operands.some(isSqlText)) put(operands.filter((each) => !isSqlText(each)));
    }
    if (node.type === 'CallExpression') {
      const { callee, arguments: given } = node as unknown as { callee: Node; arguments: Node[] };
      const method = (callee.property as Node | undefined)?.name;
      if (method === 'concat' && isSqlText(callee.object as Node)) put(given);
      if (method === 'join' && sql.test(text(callee.object as Node))) put([node]);
    }
    for (const child of Object.values(node).flat()) if (isNode(child)) visit(child);
  }

  function isSqlText(node: Node): boolean {
    if (node.type === 'BinaryExpression')
      return [node.left, node.right].some((each) => isSqlText(each as Node));
    return (node.type === 'Literal' || node.type === 'TemplateLiteral') && sql.test(text(node));
  }

  visit(program);
  return found;
}

/** The names of the file's own constants, which no input can change. */
function constantsOf(program: Node): Set<string> {
  const constants = new Set<string>();
  for (const statement of program.body as Node[]) {
    const declared = (statement.declaration ?? statement) as Node;
    if (declared.type !== 'VariableDeclaration' || declared.kind !== 'const') continue;
    for (const { id, init } of declared.declarations as { id: Node; init: Node }[]) {
      if (isConstant(init, constants)) constants.add(String(id.name));
    }
  }
  return constants;
}

function isConstant(node: Node, constants: Set<string>): boolean {
  const all = (nodes: unknown): boolean => (nodes as Node[]).every((each) => isConstant(each, constants));
  switch (node.type) {
    case 'Literal':
      return true;
    case 'Identifier':
      return constants.has(String(node.name));
    case 'TemplateLiteral':
      return all(node.expressions);
    case 'ConditionalExpression':
      return all([node.consequent, node.alternate]);
    case 'BinaryExpression':
      return all([node.left, node.right]);
    default:
      return false;
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}
