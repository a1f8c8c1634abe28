// Light, dark, or as the system has it. The choice stays in this browser.
const choices = ["system", "light", "dark"];
const button = document.getElementById("theme");

function read() {
  try {
    return choices.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "system";
  } catch {
    return "system"; // Storage is switched off.
  }
}

function apply(choice) {
  if (choice === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  button.textContent = `Theme: ${choice}`;
}

let choice = read();
apply(choice);
button.addEventListener("click", () => {
  choice = choices[(choices.indexOf(choice) + 1) % choices.length];
  apply(choice);
  try {
    localStorage.setItem("theme", choice);
  } catch {
    // It holds until the page is left.
  }
});
