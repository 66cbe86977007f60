/** Copying, as far as the browser lets a page do it. */

const SHOWN_MS = 2_000;

/** Copy a text, and let the button say so; where the browser forbids it, show the text to be copied by hand. */
export async function copyText(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    prompt("Copy this:", text);
    return;
  }
  button.dataset.label ??= button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = button.dataset.label), SHOWN_MS);
}
