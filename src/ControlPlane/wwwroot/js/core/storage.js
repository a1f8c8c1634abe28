// What this browser remembers. Where storage is switched off, it forgets when the page is left.
export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage is switched off.
  }
}

export function recall(key, otherwise) {
  try {
    return localStorage.getItem(key) ?? otherwise;
  } catch {
    return otherwise;
  }
}
