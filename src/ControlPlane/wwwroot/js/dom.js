// Elements from code. Texts are always texts: nothing that a peer sends becomes markup.
export const byId = id => document.getElementById(id);

/** Makes an element: h("p", { class: "note" }, "text", child). Attributes that are false or null are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter(child => child != null));
  return element;
}

/** Sets a text only where it differs, so that selections and readers are left alone. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Keeps one child for each item, by key: existing ones are updated in place (focus and open details stay), others are made,
 * moved or removed.
 */
export function keyed(container, items, keyOf, create, update) {
  const present = new Map([...container.children].filter(c => c.dataset.key).map(c => [c.dataset.key, c]));
  const wanted = new Set(items.map(keyOf));
  for (const child of [...container.children]) if (!wanted.has(child.dataset.key)) child.remove();
  let place = container.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let child = present.get(key);
    if (!child) {
      child = create(item);
      child.dataset.key = key;
    }
    update(child, item);
    if (child === place) place = place.nextElementSibling;
    else container.insertBefore(child, place);
  }
}

let toastTimer;

/** Says something for a moment. */
export function toast(text) {
  const element = byId("toast");
  element.textContent = text;
  element.classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => element.classList.remove("shown"), 4000);
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
