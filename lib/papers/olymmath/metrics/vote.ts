import type { GradedProblem } from "../grading/grade";

/**
 * A vote among the samples of a problem: whether the answer with the most votes is right, in [0, 1]. Of several with equally many, `ref` takes the one formed
 * first, `want` the mean over them; without a vote it is 0.
 * @returns a function of the places of the samples that vote, of which one may vote several times
 * @see OlymMATH, Cons@n
 */
export function voteOf({ samples, clusters, mode }: GradedProblem): (places: Int32Array) => number {
  const clusterOf = new Int32Array(samples.length).fill(-1); // -1: no vote, as of empty or unreadable answers by `want`
  for (const [index, cluster] of clusters.entries()) for (const place of cluster) clusterOf[place] = index;
  const isRight = clusters.map(([founder]) => samples[founder].correct);
  const votes = new Int32Array(clusters.length);
  const firstVote = new Int32Array(clusters.length);
  return (places) => {
    votes.fill(0);
    for (let i = 0; i < places.length; i++) {
      const cluster = clusterOf[places[i]];
      if (cluster >= 0 && votes[cluster]++ === 0) firstVote[cluster] = i;
    }
    let most = 0;
    for (const count of votes) most = Math.max(most, count);
    if (most === 0) return 0;
    let [winners, right, first] = [0, 0, -1];
    for (let cluster = 0; cluster < votes.length; cluster++) {
      if (votes[cluster] < most) continue;
      winners++;
      if (isRight[cluster]) right++;
      if (first < 0 || firstVote[cluster] < firstVote[first]) first = cluster;
    }
    return mode === "ref" ? Number(isRight[first]) : right / winners;
  };
}
