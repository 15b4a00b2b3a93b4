// The parameters and metrics that have a column of their own in the list of runs.

const [MOST_PARAMS, MOST_METRICS] = [3, 4];

/** Returns the names of the columns: what most runs have, and what tells them apart, first. */
export function columns(runs) {
  return {
    params: chosen(runs.map((run) => run.data.params), MOST_PARAMS),
    metrics: chosen(runs.map((run) => run.data.metrics), MOST_METRICS),
  };
}

function weight(values) {
  return new Set(values).size > 1 ? 1 : 0.3;
}

/** Takes name after name; runs that have a column already count less, so that every kind of run gets one. */
function chosen(all, most) {
  const names = new Set(all.flatMap((each) => Object.keys(each)).sort());
  const taken = [];
  const gain = (name) => {
    const having = all.filter((each) => name in each);
    const share = having.map((each) => 1 / (1 + taken.filter((other) => other in each).length));
    return weight(having.map((each) => each[name])) * share.reduce((sum, part) => sum + part, 0);
  };
  while (taken.length < most && names.size) {
    const gains = [...names].map((name) => [name, gain(name)]);
    const [best] = gains.reduce((first, second) => (second[1] > first[1] ? second : first));
    names.delete(best);
    taken.push(best);
  }
  return taken.sort();
}
