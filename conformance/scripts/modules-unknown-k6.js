// @exit 107
import nothing from 'k6/nothing';

export default function () {
  console.log(nothing);
}
