// Says something for a moment, to eyes and screen readers.
import { Signal } from "./signal.js";

export const toastText = new Signal("");
let timer;

export function toast(text) {
  toastText.value = text;
  clearTimeout(timer);
  timer = setTimeout(() => toastText.value = "", 6000);
}

/** Copies a text; where the browser refuses, says how to do it by hand. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    toast("This browser does not let pages copy here. Select the text and copy it by hand.");
  }
}
