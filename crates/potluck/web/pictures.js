// Pictures that a person attaches, as addresses of their own bytes.

const MOST = 4;
const LARGEST = 8 << 20;

/** Read files; what is none of ours, too large or too many is told as a problem and left out. */
export async function read(files, already) {
  const problems = new Set();
  const fitting = [...files].filter((file) => fits(file, problems));
  const taken = fitting.slice(0, Math.max(0, MOST - already));
  if (taken.length < fitting.length) problems.add(`A message takes ${MOST} pictures; the rest was left out.`);
  return { taken: await Promise.all(taken.map(address)), problem: [...problems].join(' ') };
}

function fits(file, problems) {
  if (!file.type.startsWith('image/')) problems.add(`${file.name} is no picture.`);
  else if (file.size > LARGEST)
    problems.add(`${file.name} is larger than ${LARGEST >> 20} MiB: make it smaller first.`);
  else return true;
  return false;
}

function address(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve({ name: file.name, url: reader.result }));
    reader.addEventListener('error', () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}
