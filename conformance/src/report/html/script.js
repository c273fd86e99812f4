"use strict";
// The page is complete without this; it searches, copies, and opens what a link leads to.
for (const tools of document.querySelectorAll(".tools")) {
  const broker = tools.closest(".broker");
  const search = tools.querySelector(".search");
  const input = search.querySelector("input");
  const cases = [...broker.querySelectorAll(".case")];
  search.hidden = false;
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    for (const one of cases) one.classList.toggle("other", !one.textContent.toLowerCase().includes(wanted));
    broker.classList.toggle("searching", wanted !== "");
    for (const passes of broker.querySelectorAll(".passes")) passes.open = wanted !== "";
    for (const part of broker.querySelectorAll(".part")) {
      part.classList.toggle("empty", wanted !== "" && !part.querySelector(".case:not(.other)"));
    }
  });
  const button = tools.querySelector(".expand");
  button.hidden = false;
  button.addEventListener("click", () => {
    const open = button.textContent === "Open all";
    for (const one of broker.querySelectorAll("details.case, .passes")) one.open = open;
    button.textContent = open ? "Close all" : "Open all";
  });
}
if (navigator.clipboard) {
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.parentElement.querySelector("pre").textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Not permitted here";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }
}
function reveal() {
  const target = document.getElementById(location.hash.slice(1));
  if (!target) return;
  for (let one = target; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", reveal);
reveal();
