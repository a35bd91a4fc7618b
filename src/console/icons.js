// Icons, drawn as strokes on a field of 24; they are ornament, the words beside them say what is meant.

const PATHS = {
  inbox: ["M3.5 13.5 6 5.5h12l2.5 8v5a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1z", "M3.5 13.500h5l1.5 2.500h4l1.5-2.500h5"],
  handoffs: ["M4 6.500h4.500c6 0 1 11 7 11H20", "M17 14.500l3 3-3 3", "M4 6.500h.01"],
  consent: ["M12 3.500l7 2.500v5.500c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6z", "M9 11.800l2.2 2.2 4-4.2"],
  connections: ["M9.5 14.500l5-5", "M11 7l1.8-1.800a4 4 0 0 1 5.7 5.700L16.7 12.7", "M13 17l-1.8 1.800a4 4 0 0 1-5.7-5.700L7.3 11.3"],
  webhooks: ["M4 12h6", "M14 6h6", "M14 18h6", "M10 12c3 0 1-6 4-6", "M10 12c3 0 1 6 4 6"],
  operations: ["M3.5 13h3.500l2.5-7 4.5 12 2.5-7h4"],
  sandbox: ["M12 3.500l8 4.500v8l-8 4.500L4 16V8z", "M4 8l8 4.500L20 8", "M12 12.500v8"],
  more: ["M5 12h.01", "M12 12h.01", "M19 12h.01"],
  help: ["M9.3 9.200a2.8 2.8 0 1 1 4 2.700c-1 .5-1.3 1-1.3 2", "M12 17h.01", "M12 3.500a8.5 8.5 0 1 0 0 17 8.5 8.5 0 1 0 0-17z"],
  leave: ["M10 4.500H5.500a1 1 0 0 0-1 1v13a1 1 0 0 0 1 1H10", "M14.5 8l4 4-4 4", "M18.5 12H9.5"],
  person: ["M12 4a4 4 0 1 0 0 8 4 4 0 1 0 0-8z", "M4.5 20c.8-3.8 3.8-5.5 7.5-5.500s6.7 1.7 7.5 5.5"],
  search: ["M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 1 0 0-13z", "M15.5 15.500l4.5 4.5"],
  back: ["M14.5 5.500L8 12l6.5 6.5"],
  close: ["M6 6l12 12", "M18 6L6 18"],
  check: ["M5 12.500l4.5 4.500L19 7.5"],
  warn: ["M12 4l9 16H3z", "M12 10v4.5", "M12 17.200h.01"],
  lock: ["M6 10.500h12v9H6z", "M8.5 10.500V8a3.5 3.5 0 0 1 7 0v2.5"],
  globe: ["M12 3.500a8.5 8.5 0 1 0 0 17 8.5 8.5 0 1 0 0-17z", "M3.5 12h17", "M12 3.500c5 5 5 12 0 17", "M12 3.500c-5 5-5 12 0 17"],
  phone: ["M8 3.500h8v17H8z", "M11 17.800h2"],
  send: ["M4 12l16-7.5-5 16-3.5-6.500z", "M11.5 14L20 4.5"],
  refresh: ["M19 8a8 8 0 1 0 1 5", "M19.5 4v4.500H15"],
  copy: ["M9 9h10.500v10.500H9z", "M5.5 15H4.500V4.500H15v1"],
  outside: ["M13 5h6v6", "M19 5l-8.5 8.5", "M17 14v5H5V7h5"],
  clock: ["M12 3.500a8.5 8.5 0 1 0 0 17 8.5 8.5 0 1 0 0-17z", "M12 7.500V12l3 2"],
  plus: ["M12 5v14", "M5 12h14"],
};

const SVG = "http://www.w3.org/2000/svg";

/** An element of a drawing. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter((child) => child != null));
  return node;
}

/** An icon by its name. */
export const icon = (name) =>
  svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    ...(PATHS[name] ?? PATHS.more).map((d) => svg("path", { d })));

/** The mark of the house: a way from one point to another. */
export const mark = () =>
  svg("svg", { class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: "M7 9h5c9 0 1 14 10 14h3" }),
    svg("circle", { cx: 7, cy: 9, r: 3.5, class: "from" }),
    svg("circle", { cx: 25, cy: 23, r: 3.5, class: "to" }));
