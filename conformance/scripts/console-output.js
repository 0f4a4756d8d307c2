// @flags --console-output console.txt
export default function () {
  console.log('to the file');
  console.error('that too');
}
