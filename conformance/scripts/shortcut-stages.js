// @between 3 12 iterations iteration_duration
// @flags --stage 500ms:1 --stage 500ms:0
import { sleep } from 'k6';

export default function () {
  sleep(0.1);
}
