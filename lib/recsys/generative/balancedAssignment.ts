/** A difference of costs below this share of the largest cost is a rounding error. */
const ROUNDING = 1e-12;

/**
 * The cheapest way of giving n points to K clusters of equal size, ⌊n / K⌋ or ⌈n / K⌉ points each: exact, by shortest augmenting paths. A point
 * enters where it costs least in all, be it that others must move on from cluster to cluster to make room for it.
 * @param costs    of point i in cluster k, at i K + k
 * @param clusters K
 * @returns [n] the cluster of each point
 * @throws Error where the costs are no whole number of rows, or one is not finite
 * @see Ahuja, Magnanti and Orlin 1993, Network Flows, chapter 9 (successive shortest paths)
 */
export function balancedAssignment(costs: ArrayLike<number>, clusters: number): Int32Array {
  const K = clusters;
  const n = costs.length / K;
  if (!Number.isInteger(K) || K < 1 || !Number.isInteger(n))
    throw new Error(
      `balancedAssignment: ${costs.length} costs are no whole number of rows of ${K} clusters.`,
    );
  const wrong = Array.prototype.findIndex.call(costs, (cost: number) => !Number.isFinite(cost));
  if (wrong >= 0)
    throw new Error(
      `balancedAssignment: the cost of point ${Math.floor(wrong / K)} in cluster ${wrong % K} is ${costs[wrong]}.`,
    );
  const state = emptyClusters(costs, K, n);
  for (let point = 0; point < n; point++) state.enter(point);
  return state.labels;
}

function emptyClusters(costs: ArrayLike<number>, K: number, n: number) {
  const smaller = Math.floor(n / K);
  let extra = n % K; // clusters that may still take one more point than the smaller ones
  const labels = new Int32Array(n).fill(-1);
  const members = Array.from({ length: K }, () => new Set<number>());
  const sizes = new Int32Array(K);
  // What it costs to move some point from one cluster to another, and which point that is.
  const prices = new Float64Array(K * K).fill(Number.POSITIVE_INFINITY);
  const movers = new Int32Array(K * K);
  const distance = new Float64Array(K);
  const previous = new Int32Array(K);
  let tolerance = 0;
  for (let k = 0; k < costs.length; k++) tolerance = Math.max(tolerance, ROUNDING * Math.abs(costs[k]));

  const hasRoom = (cluster: number) => sizes[cluster] < smaller || (sizes[cluster] === smaller && extra > 0);
  /** Whether `from` can become the larger one in place of `to`, which then has to let a point go. */
  const canSwapSizes = (from: number, to: number) => sizes[from] === smaller && sizes[to] === smaller + 1;

  function offer(point: number, from: number): void {
    for (let to = 0; to < K; to++) {
      const price = costs[point * K + to] - costs[point * K + from];
      if (price < prices[from * K + to]) {
        prices[from * K + to] = price;
        movers[from * K + to] = point;
      }
    }
  }

  function place(point: number, to: number): void {
    const from = labels[point];
    labels[point] = to;
    members[to].add(point);
    offer(point, to);
    if (from < 0) return;
    members[from].delete(point);
    prices.fill(Number.POSITIVE_INFINITY, from * K, (from + 1) * K);
    for (const other of members[from]) offer(other, from);
  }

  /** Bellman-Ford from the point over the clusters. @returns the cheapest cluster with room */
  function search(point: number): number {
    let nearest = 0;
    for (let k = 0; k < K; k++) {
      distance[k] = costs[point * K + k];
      previous[k] = -1;
      if (distance[k] < distance[nearest]) nearest = k;
    }
    // No chain of moves makes it cheaper: one of negative cost would have been made before.
    if (hasRoom(nearest)) return nearest;
    const queue = Array.from({ length: K }, (_, k) => k);
    const queued = new Uint8Array(K).fill(1);
    for (let head = 0; head < queue.length; head++) {
      const from = queue[head];
      queued[from] = 0;
      for (let to = 0; to < K; to++) {
        const price = canSwapSizes(from, to) ? Math.min(0, prices[from * K + to]) : prices[from * K + to];
        if (distance[from] + price >= distance[to] - tolerance) continue;
        distance[to] = distance[from] + price;
        previous[to] = from;
        if (queued[to] === 0) queue.push(to);
        queued[to] = 1;
      }
    }
    let best = -1;
    for (let k = 0; k < K; k++) if (hasRoom(k) && (best < 0 || distance[k] < distance[best])) best = k;
    return best;
  }

  function enter(point: number): void {
    const path = [search(point)];
    while (previous[path[0]] >= 0) path.unshift(previous[path[0]]);
    const last = path[path.length - 1];
    // All that moves is settled before the first move: prices change with it.
    const moves: [point: number, to: number][] = [[point, path[0]]];
    const swaps: [from: number, to: number][] = [];
    for (let k = 1; k < path.length; k++) {
      const [from, to] = [path[k - 1], path[k]];
      if (canSwapSizes(from, to) && prices[from * K + to] >= 0) swaps.push([from, to]);
      else moves.push([movers[from * K + to], to]);
    }
    for (const [moved, to] of moves) place(moved, to);
    for (const [from, to] of swaps) {
      sizes[from]++;
      sizes[to]--;
    }
    if (sizes[last] === smaller) extra--;
    sizes[last]++;
  }

  return { labels, enter };
}
