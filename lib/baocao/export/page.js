"use strict";
// What a page can do with a script: sort and filter tables, show where a figure comes from, mark the current section.
// Without it everything is readable; nothing here changes a text or a figure.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const made = (tag, text, classes) => {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    if (classes) element.className = classes;
    return element;
  };

  const columnOf = (cell) => {
    if (cell.dataset.column) return Number(cell.dataset.column);
    const before = [...cell.parentElement.cells].slice(0, cell.cellIndex);
    return before.reduce((place, other) => place + other.colSpan, 0);
  };
  const cellAt = (row, column) => [...row.cells].find((cell) => cell.colSpan === 1 && columnOf(cell) === column);
  const is = (row, kind) => Boolean(row) && row.classList.contains(kind);
  const isDetail = (row) => is(row, "detail");

  // -- sorting: within each group, heading and total rows stay where they are ------------------------------------

  const words = new Intl.Collator("vi", { numeric: true });
  const ORDERS = [null, "ascending", "descending"];
  const NUMBER = /^[-−]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?%?$/;
  const DAY = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/;

  // A number, a day as a number, or words; null for a blank, which comes last in either direction.
  const keyOf = (cell) => {
    const text = cell ? cell.textContent.trim() : "";
    if (!text) return null;
    const figure = one("data", cell);
    if (figure && figure.value !== "") return Number(figure.value);
    if (NUMBER.test(text)) return Number(text.replace("−", "-").replace(/[.%]/g, "").replace(",", "."));
    const day = DAY.exec(text);
    return day ? Date.UTC(+day[3], day[2] - 1, +day[1]) : text;
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : words.compare(a, b));
  const sorted = (rows, column, sign) => {
    const keyed = rows.map((row) => ({ row, key: keyOf(cellAt(row, column)) }));
    keyed.sort((a, b) => (a.key === null) - (b.key === null) || (a.key === null ? 0 : sign * compare(a.key, b.key)));
    return keyed.map(({ row }) => row);
  };
  const inOrder = (rows, column, order) => {
    if (!order) return rows;
    const result = [];
    let group = [];
    const close = () => { result.push(...sorted(group, column, order === "ascending" ? 1 : -1)); group = []; };
    for (const row of rows) {
      if (isDetail(row)) group.push(row);
      else { close(); result.push(row); }
    }
    close();
    return result;
  };
  const sortable = (table) => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    if (rows.filter(isDetail).length < 2) return;
    for (const head of all("th[data-column]", table.tHead)) {
      const button = made("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const order = ORDERS[(ORDERS.indexOf(head.getAttribute("aria-sort")) + 1) % ORDERS.length];
        for (const other of all("[aria-sort]", table.tHead)) other.removeAttribute("aria-sort");
        if (order) head.setAttribute("aria-sort", order);
        body.append(...inOrder(rows, Number(head.dataset.column), order));
        const how = { ascending: "tăng dần", descending: "giảm dần" }[order];
        one("#said_").textContent = how ? `Đã xếp theo cột ${button.textContent}, ${how}` : "Đã trở về thứ tự ban đầu";
      });
    }
  };

  // -- filtering: with diacritics as typed, without them any ------------------------------------------------------

  const MANY = 15;
  const lower = (text) => text.normalize("NFC").toLowerCase().replace(/\s+/g, " ").trim();
  const bare = (text) => lower(text).normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d");

  const filterable = (table) => {
    const rows = [...table.tBodies[0].rows];
    const details = rows.filter(isDetail);
    if (details.length <= MANY) return;
    const texts = new Map();
    const [label, input, shown] = [made("label", "Lọc dòng: "), made("input"), made("output")];
    input.type = "search";
    label.append(input);
    const tools = made("div", "", "tools");
    tools.append(label, shown);
    table.parentElement.before(tools);

    const apply = () => {
      const wanted = lower(input.value);
      const exact = bare(wanted) !== wanted;
      let found = 0;
      for (const row of details) {
        if (wanted && !texts.has(row)) texts.set(row, [lower(row.textContent), bare(row.textContent)]);
        const fits = !wanted || texts.get(row)[exact ? 0 : 1].includes(wanted);
        row.classList.toggle("out", !fits);
        found += fits;
      }
      settle([...table.tBodies[0].rows], found);
      table.classList.toggle("part", wanted !== "");
      const whole = wanted && rows.some((row) => is(row, "total")) ? "; dòng tổng tính trên tất cả các dòng" : "";
      shown.textContent = `Hiện ${found.toLocaleString("vi")} trên ${details.length.toLocaleString("vi")} dòng${whole}`;
      if (one(".out [tabindex='0']", table)) stopAt(table, one("thead button", table) || stops(table)[0]?.[0]);
    };
    input.addEventListener("input", apply);
    table.addEventListener("reveal", () => { input.value = ""; apply(); });
    apply();
  };
  // A heading or subtotal goes with its group; a heading over other headings stays while anything is shown, and so
  // does the last total.
  const settle = (rows, found) => {
    let group = [];
    let any = false;
    const close = () => { for (const row of group) row.classList.toggle("out", !any); };
    rows.forEach((row, place) => {
      if (isDetail(row)) any = any || !is(row, "out");
      else if (is(row, "heading")) {
        close();
        group = [];
        any = false;
        if (is(rows[place + 1], "heading")) row.classList.toggle("out", !found);
        else group.push(row);
      } else if (place < rows.length - 1) group.push(row);
    });
    close();
  };

  // -- one tab stop for each table, arrow keys inside it ----------------------------------------------------------

  const ITEMS = "data[id], a[href]";
  const stops = (table) => {
    const body = [...table.tBodies[0].rows].filter((row) => !is(row, "out")).map((row) => all(ITEMS, row));
    const heads = all("thead button", table).sort((a, b) => columnOf(a.parentElement) - columnOf(b.parentElement));
    return [heads, ...body].filter((items) => items.length);
  };
  const stopAt = (table, item) => {
    if (!item) return;
    for (const other of all("[tabindex='0']", table)) other.tabIndex = -1;
    item.tabIndex = 0;
    if (item.localName === "data") item.setAttribute("role", "button");
  };
  const roving = (table) => {
    for (const item of all("thead button, a[href]", table)) item.tabIndex = -1;
    const [first] = stops(table);
    if (!first) return;
    table.parentElement.removeAttribute("tabindex"); // what can be focused inside scrolls it
    stopAt(table, first[0]);
    table.addEventListener("keydown", (event) => {
      const { key, target } = event;
      if (event.altKey || event.ctrlKey || event.metaKey || !target.matches("thead button, " + ITEMS)) return;
      const next = step(stops(table), target, key);
      if (!next) return;
      event.preventDefault();
      stopAt(table, next);
      next.focus();
    });
  };
  const step = (rows, item, key) => {
    const at = rows.findIndex((items) => items.includes(item));
    const along = rows[at].indexOf(item);
    const down = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (down) {
      const column = (other) => columnOf(other.closest("th, td"));
      const far = (other) => Math.abs(column(other) - column(item));
      return (rows[at + down] || []).reduce((best, other) => (best && far(best) <= far(other) ? best : other), null);
    }
    return { ArrowRight: rows[at][along + 1], ArrowLeft: rows[at][along - 1], Home: rows[at][0], End: rows[at].at(-1) }[key];
  };

  // -- the card of a figure, read from its row in the annex --------------------------------------------------------

  const card = one("#card_");
  const sources = one("#nguon-so-lieu");
  let figure = null;
  let timer = 0;

  const hide = () => {
    clearTimeout(timer);
    card.hidden = true;
    if (figure) figure.removeAttribute("aria-describedby");
    figure = null;
  };
  const fill = (row) => {
    let heading = row;
    while (!is(heading, "heading")) heading = heading.previousElementSibling;
    const facts = made("dl");
    all("thead th", sources).forEach((head, place) => {
      if (!row.cells[place].textContent || place === 1) return;
      const fact = made("dd");
      fact.append(...[...row.cells[place].childNodes].map((node) => node.cloneNode(true)));
      for (const link of all("a", fact)) link.removeAttribute("tabindex");
      facts.append(made("dt", head.textContent), fact);
    });
    const link = made("a", "Xem dòng trong Nguồn số liệu");
    link.href = `#${row.id}`;
    const texts = all("span", heading).map((part) => made("p", part.textContent, part.className));
    card.replaceChildren(made("p", row.cells[1].textContent, "value"), ...texts, link, facts);
  };
  const show = (wanted) => {
    clearTimeout(timer);
    if (wanted === figure) return;
    hide();
    fill(one(`td:last-child > a[href="#${wanted.id}"]`, sources).closest("tr"));
    figure = wanted;
    figure.setAttribute("aria-describedby", card.id);
    card.hidden = false;
    const box = figure.getBoundingClientRect();
    const room = document.documentElement.clientWidth - card.offsetWidth - 8;
    const below = box.bottom + card.offsetHeight + 8 < innerHeight || box.top < card.offsetHeight + 8;
    card.style.left = `${Math.max(8, Math.min(box.left, room)) + scrollX}px`;
    card.style.top = `${(below ? box.bottom + 6 : box.top - card.offsetHeight - 6) + scrollY}px`;
  };
  const aim = (link) => document.getElementById(link.getAttribute("href").slice(1));
  const later = (what, milliseconds) => { clearTimeout(timer); timer = setTimeout(what, milliseconds); };

  // Open what hides the place a link leads to: a closed part of the page, a filter.
  const reveal = (target) => {
    if (!target) return;
    for (const details of all("details")) details.open ||= details.contains(target) || details.parentElement === target;
    const row = target.closest("tr.out");
    if (row) row.closest("table").dispatchEvent(new Event("reveal"));
  };

  document.addEventListener("pointerover", ({ target, pointerType }) => {
    const over = target.closest("data[id]");
    if (pointerType !== "mouse") return;
    if (over) later(() => show(over), 200);
    else if (target.closest("#card_")) clearTimeout(timer);
    else if (figure && document.activeElement !== figure && !card.contains(document.activeElement)) later(hide, 300);
    else clearTimeout(timer);
  });
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches("data[id]")) show(target);
    else if (!card.contains(target)) hide();
  });
  document.addEventListener("click", ({ target }) => {
    const link = target.closest("a[href^='#']");
    const tapped = target.closest("data[id]");
    const table = tapped && tapped.closest("table");
    if (link) {
      reveal(aim(link));
      hide();
    } else if (tapped) {
      if (table) stopAt(table, tapped);
      tapped.focus({ preventScroll: true });
      show(tapped);
    } else if (!card.contains(target)) hide();
  });
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    const inside = card.contains(target);
    if (key === "Escape" && figure) {
      const left = figure;
      if (inside) left.focus();
      hide();
    } else if (target.matches("data[id]") && (key === "Enter" || key === " ")) {
      event.preventDefault();
      show(target);
      one(":scope > a", card)?.focus();
    } else if (inside && key === "Tab" && figure) {
      const links = all("a", card);
      if (target === links.at(event.shiftKey ? 0 : -1)) figure.focus(); // the key itself then goes on from there
    }
  });
  addEventListener("beforeprint", hide);

  // -- the current section in the contents -------------------------------------------------------------------------

  const contents = one("nav.contents");
  const entries = all("nav.contents a").map((link) => ({ link, place: aim(link) })).filter(({ place }) => place);
  const follow = () => {
    const current = entries.findLast(({ place }) => place.getBoundingClientRect().top < 8)?.link;
    const before = one("[aria-current]", contents);
    if (!current || before === current) return;
    before?.removeAttribute("aria-current");
    current.setAttribute("aria-current", "location");
    contents.scrollTop += current.getBoundingClientRect().top - contents.clientHeight / 2;
  };

  for (const table of all("main table")) {
    sortable(table);
    filterable(table);
    roving(table);
  }
  for (const data of all("data[id]").filter((found) => !found.closest("table"))) {
    data.tabIndex = 0;
    data.setAttribute("role", "button");
  }
  for (const drawing of all(".drawing")) {
    if (drawing.scrollWidth > drawing.clientWidth) drawing.tabIndex = 0; // so that keys can move it, too
  }
  if (contents) {
    if (matchMedia("(max-width: 78rem)").matches) one("details", contents).open = false;
    addEventListener("scroll", () => requestAnimationFrame(follow), { passive: true });
    follow();
  }
  reveal(document.getElementById(location.hash.slice(1)));
})();
