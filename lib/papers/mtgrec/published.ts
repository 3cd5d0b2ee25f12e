import type { ModelName } from "./config";

/** Recall@5, Recall@10, NDCG@5, NDCG@10 on the test split. */
export type PublishedMetrics = readonly [recall5: number, recall10: number, ndcg5: number, ndcg10: number];

export const PUBLISHED_DATASETS = ["Instrument", "Scientific", "Game"] as const;
export type PublishedDataset = (typeof PUBLISHED_DATASETS)[number];

type Row = Readonly<Record<PublishedDataset, PublishedMetrics>>;

const row = (...[Instrument, Scientific, Game]: PublishedMetrics[]): Row => ({
  Instrument,
  Scientific,
  Game,
});

/** @see MTGRec, table 2: categories of Amazon Reviews 2023 */
export const PUBLISHED: Readonly<Record<ModelName, Row>> = {
  Caser: row(
    [0.0241, 0.0386, 0.0151, 0.0197],
    [0.0159, 0.0257, 0.0101, 0.0132],
    [0.033, 0.0553, 0.0209, 0.0281],
  ),
  HGN: row(
    [0.0321, 0.0517, 0.0202, 0.0265],
    [0.0212, 0.0351, 0.0131, 0.0176],
    [0.0424, 0.0687, 0.0271, 0.0356],
  ),
  GRU4Rec: row(
    [0.0324, 0.0501, 0.0209, 0.0266],
    [0.0202, 0.0338, 0.0129, 0.0173],
    [0.0499, 0.0799, 0.032, 0.0416],
  ),
  BERT4Rec: row(
    [0.0307, 0.0485, 0.0195, 0.0252],
    [0.0186, 0.0296, 0.0119, 0.0155],
    [0.046, 0.0735, 0.0298, 0.0386],
  ),
  SASRec: row(
    [0.0333, 0.0523, 0.0213, 0.0274],
    [0.0259, 0.0412, 0.015, 0.0199],
    [0.0535, 0.0847, 0.0331, 0.0438],
  ),
  "FMLP-Rec": row(
    [0.0339, 0.0536, 0.0218, 0.0282],
    [0.0269, 0.0422, 0.0155, 0.0204],
    [0.0528, 0.0857, 0.0338, 0.0444],
  ),
  HSTU: row(
    [0.0343, 0.0577, 0.0191, 0.0271],
    [0.0271, 0.0429, 0.0147, 0.0198],
    [0.0578, 0.0903, 0.0334, 0.0442],
  ),
  FDSA: row(
    [0.0347, 0.0545, 0.023, 0.0293],
    [0.0262, 0.0421, 0.0169, 0.0213],
    [0.0544, 0.0852, 0.0361, 0.0448],
  ),
  "S3-Rec": row(
    [0.0317, 0.0496, 0.0199, 0.0257],
    [0.0263, 0.0418, 0.0171, 0.0219],
    [0.0485, 0.0769, 0.0315, 0.0406],
  ),
  TIGER: row(
    [0.037, 0.0564, 0.0244, 0.0306],
    [0.0264, 0.0422, 0.0175, 0.0226],
    [0.0559, 0.0868, 0.0366, 0.0467],
  ),
  LETTER: row(
    [0.0372, 0.058, 0.0246, 0.0313],
    [0.0279, 0.0435, 0.0182, 0.0232],
    [0.0563, 0.0877, 0.0372, 0.0473],
  ),
  "TIGER++": row(
    [0.038, 0.0588, 0.0249, 0.0316],
    [0.0289, 0.045, 0.019, 0.0241],
    [0.058, 0.0914, 0.0377, 0.0485],
  ),
  MTGRec: row(
    [0.0413, 0.0635, 0.0275, 0.0346],
    [0.0322, 0.0506, 0.0212, 0.0271],
    [0.0621, 0.0956, 0.041, 0.0517],
  ),
};

/** NDCG@10 of the ablations and of other tokenizers, by our names of the variants. @see MTGRec, tables 3 and 4 */
export const PUBLISHED_ABLATIONS: Readonly<Record<string, { Instrument: number; Scientific: number }>> = {
  full: { Instrument: 0.0346, Scientific: 0.0271 },
  uniform: { Instrument: 0.0338, Scientific: 0.0263 },
  unrelated: { Instrument: 0.029, Scientific: 0.0208 },
  single: { Instrument: 0.0309, Scientific: 0.0236 },
  onTIGER: { Instrument: 0.0329, Scientific: 0.0245 },
  onLETTER: { Instrument: 0.0335, Scientific: 0.0255 },
};

/** Share of items, in per cent, whose first token or any token differs between snapshots so many epochs apart. @see MTGRec, table 5 */
export const PUBLISHED_CHURN: readonly {
  readonly gap: number;
  readonly first: Readonly<Record<PublishedDataset, number>>;
  readonly any: Readonly<Record<PublishedDataset, number>>;
}[] = [
  {
    gap: 1,
    first: { Instrument: 0.39, Scientific: 0.27, Game: 0.36 },
    any: { Instrument: 13.58, Scientific: 11.4, Game: 9.36 },
  },
  {
    gap: 5,
    first: { Instrument: 0.44, Scientific: 0.58, Game: 0.58 },
    any: { Instrument: 21.26, Scientific: 22.54, Game: 21.22 },
  },
  {
    gap: 10,
    first: { Instrument: 0.51, Scientific: 0.51, Game: 0.57 },
    any: { Instrument: 29.75, Scientific: 30.68, Game: 30.43 },
  },
  {
    gap: 20,
    first: { Instrument: 0.75, Scientific: 0.71, Game: 0.79 },
    any: { Instrument: 44.09, Scientific: 47.33, Game: 47.42 },
  },
  {
    gap: 30,
    first: { Instrument: 0.87, Scientific: 0.85, Game: 1.14 },
    any: { Instrument: 54.94, Scientific: 58.29, Game: 59.95 },
  },
];
