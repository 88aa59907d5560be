"use strict";
for (const block of document.querySelectorAll(".code")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    const text = block.querySelector("pre").textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  block.append(button);
}
const box = document.querySelector("#find input");
const list = document.querySelector("#found");
box.addEventListener("input", () => {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = words.length ? INDEX.filter((each) => words.every((word) => each.text.includes(word))) : [];
  list.replaceChildren(...hits.slice(0, 30).map((each) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = each.page;
    link.textContent = each.title;
    const note = document.createElement("small");
    note.textContent = each.kind;
    link.append(note);
    item.append(link);
    return item;
  }));
});
box.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { box.value = ""; list.replaceChildren(); }
  if (event.key === "Enter") { list.querySelector("a")?.click(); }
});
list.addEventListener("click", () => { list.replaceChildren(); });
const opened = () => {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const folded = target && target.closest("details");
  if (folded) { folded.open = true; target.scrollIntoView(); }
};
addEventListener("hashchange", opened);
opened();
addEventListener("beforeprint", () => { for (const each of document.querySelectorAll("details")) { each.open = true; } });
