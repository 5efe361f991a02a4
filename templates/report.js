"use strict";
(() => {
  // Columns of a table sort within its groups, numbers by value; a third press brings the first order back.
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    const bodies = [...table.tBodies].map((body) => ({
      body,
      rows: [...body.rows].filter((row) => !row.classList.contains("group")),
    }));
    heads.forEach((head, column) => {
      const label = head.querySelector(".label");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label.textContent;
      label.replaceChildren(button);
      button.addEventListener("click", () => {
        const next = { ascending: "descending", descending: null }[head.getAttribute("aria-sort")];
        const order = next === undefined ? "ascending" : next;
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        if (order) head.setAttribute("aria-sort", order);
        const sign = order === "descending" ? -1 : 1;
        const key = (row) => {
          const cell = row.cells[column];
          const number = cell.dataset.sort;
          return number === undefined ? cell.textContent : Number(number);
        };
        const compare = (a, b) => {
          const [x, y] = [key(a), key(b)];
          if (typeof x !== typeof y) return typeof x === "number" ? -1 : 1;
          return sign * (typeof x === "number" ? x - y : x.localeCompare(y));
        };
        for (const { body, rows } of bodies) {
          body.append(...(order ? [...rows].sort(compare) : rows));
        }
      });
    });
  }
  // A button that copies, where the browser can.
  for (const source of document.querySelectorAll("details.source")) {
    const text = source.querySelector("pre");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    const name = `Copy ${source.querySelector("summary").textContent}`;
    button.textContent = name;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
        button.textContent = "Selected: press Ctrl+C";
      }
      setTimeout(() => { button.textContent = name; }, 2000);
    });
    text.before(button);
  }
})();
