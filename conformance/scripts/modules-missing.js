// @exit 107
import { nothing } from './lib/nothing.js';

export default function () {
  console.log(nothing);
}
