/** The paper's data: categories of Amazon Reviews 2023. */
export const PUBLISHED_DATASETS = ["Instruments", "Scientific"] as const;
export type PublishedDataset = (typeof PUBLISHED_DATASETS)[number];

/**
 * Recall@10 of the paper, arXiv:2504.09627, as a public note quotes it: its own tables could not be read. No other number of it is known here.
 */
export const PUBLISHED_RECALL: Readonly<Record<string, Readonly<Record<PublishedDataset, number>>>> = {
  TIGER: { Instruments: 0.0532, Scientific: 0.0382 },
  sft: { Instruments: 0.0562, Scientific: 0.039 },
  full: { Instruments: 0.0608, Scientific: 0.0424 },
};
