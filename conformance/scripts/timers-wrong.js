export default function () {
  for (const wrong of [
    () => setTimeout('text', 1),
    () => setTimeout(),
    () => clearTimeout(999),
    () => setInterval(null, 5),
  ]) {
    try {
      wrong();
      console.log('fine');
    } catch (error) {
      console.log(error.message);
    }
  }
}
