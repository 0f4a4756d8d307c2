// @exit 107
import { nothing } from './lib/client.js';

export default function () {
  console.log(nothing);
}
