// The list of events, the newest on top.
import { h } from "./dom.js";
import { clock } from "./units.js";

const kept = 200;

export function addEvent(list, event) {
  list.querySelector(".empty")?.remove();
  list.prepend(h("li", { class: event.severity },
    h("time", { datetime: event.time }, clock(event.time)),
    h("span", { class: "who" }, event.instance ?? "host"),
    h("span", { class: "what" }, event.message)));
  while (list.children.length > kept) list.lastElementChild.remove();
}
