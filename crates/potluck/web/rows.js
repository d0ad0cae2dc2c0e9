// A list in the page that follows a list of things: what stays is kept, and nothing is moved without need.

/**
 * Follow a list inside `parent`. `key` names a thing, `make` gives `{ node, update }` for a new one.
 * The returned function takes the things, in their order.
 */
export function rows(parent, { key, make }) {
  const kept = new Map();
  return (things) => {
    dropOthers(kept, new Set(things.map(key)));
    let place = parent.firstElementChild;
    for (const thing of things) {
      const row = kept.get(key(thing)) ?? remember(kept, key(thing), make(thing));
      if (row.node === place) place = place.nextElementSibling;
      else parent.insertBefore(row.node, place);
      row.update(thing);
    }
  };
}

function remember(kept, name, row) {
  kept.set(name, row);
  return row;
}

function dropOthers(kept, names) {
  for (const [name, row] of kept) {
    if (names.has(name)) continue;
    row.node.remove();
    row.close?.();
    kept.delete(name);
  }
}
