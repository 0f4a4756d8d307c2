// Not one line may be lost.
export default function () {
  for (let index = 0; index < 200; index++) console.log(`line ${index}`);
}
