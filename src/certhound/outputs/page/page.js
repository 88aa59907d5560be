"use strict";
(() => {
  const form = document.querySelector("form.filter");
  const cards = [...document.querySelectorAll("details.finding")];
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (target && target.matches("details.finding")) {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView({ block: "start" });
    }
  };

  if (form) {
    const search = document.getElementById("search");
    const shown = document.getElementById("shown");
    const nothing = document.getElementById("nothing");
    const fold = document.getElementById("fold");
    const levels = [...form.querySelectorAll("button.level")];
    const filter = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = new Set(levels.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.dataset.level));
      let count = 0;
      for (const card of cards) {
        const fits = wanted.has(card.dataset.severity) && words.every((word) => card.dataset.search.includes(word));
        card.hidden = !fits;
        count += fits;
      }
      shown.textContent = count === cards.length ? `${count} shown` : `${count} of ${cards.length} shown`;
      nothing.hidden = count > 0;
    };
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    search.addEventListener("input", filter);
    for (const button of levels) {
      button.addEventListener("click", () => {
        button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
        filter();
      });
    }
    fold.addEventListener("click", () => {
      const open = fold.getAttribute("aria-expanded") !== "true";
      for (const card of cards) if (!card.hidden) card.open = open;
      fold.setAttribute("aria-expanded", String(open));
      fold.textContent = open ? "close all" : "open all";
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !event.ctrlKey && !event.metaKey && !/^(INPUT|TEXTAREA)$/.test(event.target.tagName)) {
        event.preventDefault();
        search.focus();
      } else if (event.key === "Escape" && event.target === search) {
        search.value = "";
        filter();
      }
    });
    filter();
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    event.preventDefault();
    let done = true;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(button.previousElementSibling);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      done = document.execCommand("copy");
    }
    button.textContent = done ? "copied" : "selected";
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });

  let before = [];
  addEventListener("beforeprint", () => {
    before = cards.filter((each) => !each.open && !each.hidden);
    for (const each of before) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of before) each.open = false; });
  addEventListener("hashchange", reveal);
  reveal();
})();
