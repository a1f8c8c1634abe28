// Light, dark, or as the system has it. The choice stays in this browser.
import { recall, remember } from "./storage.js";
import { Signal } from "./signal.js";

export const choices = ["system", "light", "dark"];
const stored = recall("theme", "system");

export const theme = new Signal(choices.includes(stored) ? stored : "system");

function apply(choice) {
  if (choice === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
}

apply(theme.value);
theme.listen(choice => {
  apply(choice);
  remember("theme", choice);
});
