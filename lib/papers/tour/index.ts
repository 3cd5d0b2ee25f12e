/**
 * The suite's teaching example, built as a paper is: data, model, training, experiment. No paper's numbers are reproduced here; a small
 * network learns to tell two spirals apart, in seconds, so that every part can be seen at work. notebooks/tour.ipynb shows it.
 */
export * from "./cost";
export * from "./differences";
export * from "./experiment";
export * from "./figures";
export * from "./model";
export * from "./results";
export * from "./spirals";
export * from "./train";
