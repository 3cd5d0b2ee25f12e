/** NDCG@10 as the paper prints it, on its own data sets; MovieLens-100K is not among them. */
export interface PublishedNdcg {
  readonly ml1m: number;
  readonly amazon: number;
  readonly zhihu: number;
}

/** By the names that this suite gives to models and variants. @see T2ARec (RecSys '25), tables 2 and 3 */
export const PUBLISHED: Readonly<Record<string, PublishedNdcg>> = {
  Caser: { ml1m: 0.0994, amazon: 0.0294, zhihu: 0.0134 },
  BERT4Rec: { ml1m: 0.1482, amazon: 0.0443, zhihu: 0.0142 },
  Mamba4Rec: { ml1m: 0.1578, amazon: 0.0635, zhihu: 0.0167 },
  TiSASRec: { ml1m: 0.1478, amazon: 0.0651, zhihu: 0.0175 },
  TiM4Rec: { ml1m: 0.1596, amazon: 0.0665, zhihu: 0.0179 },
  TTT4Rec: { ml1m: 0.1599, amazon: 0.0655, zhihu: 0.0174 },
  GRU4Rec: { ml1m: 0.1518, amazon: 0.0586, zhihu: 0.0142 },
  SASRec: { ml1m: 0.1273, amazon: 0.0644, zhihu: 0.0159 },
  full: { ml1m: 0.1648, amazon: 0.0705, zhihu: 0.0187 },
  noBoth: { ml1m: 0.1578, amazon: 0.0635, zhihu: 0.0167 },
  noTime: { ml1m: 0.1618, amazon: 0.0649, zhihu: 0.018 },
  noState: { ml1m: 0.159, amazon: 0.0652, zhihu: 0.0175 },
  noBothTest: { ml1m: 0.1626, amazon: 0.0677, zhihu: 0.0177 },
  noTimeTest: { ml1m: 0.1645, amazon: 0.069, zhihu: 0.018 },
  noStateTest: { ml1m: 0.1635, amazon: 0.0686, zhihu: 0.0183 },
};

/** Test batches of 4,096 a second, as the paper prints them. @see T2ARec (RecSys '25), table 4 */
export const PUBLISHED_THROUGHPUT: Readonly<
  Record<string, { readonly ml1m: number; readonly amazon: number }>
> = {
  SASRec: { ml1m: 1.56, amazon: 2.26 },
  Mamba4Rec: { ml1m: 2.82, amazon: 3.11 },
  TiSASRec: { ml1m: 1.5, amazon: 2.52 },
  TiM4Rec: { ml1m: 2.16, amazon: 2.64 },
  TTT4Rec: { ml1m: 0.96, amazon: 1.74 },
  "T2ARec with the step": { ml1m: 1.02, amazon: 2.05 },
};

/** T2ARec's relative gain in NDCG@10 over the better of TiM4Rec and TTT4Rec, by segment of test time. @see T2ARec, figure 5 */
export const PUBLISHED_GAINS = {
  ml1m: [0.014, 0.021, 0.032, 0.036],
  amazon: [0.024, 0.016, 0.047, 0.06],
} as const;
