export { type EvaluationReport, evaluationReport, type ReportOptions } from "./evaluationReport";
export { benchmarkFigure, curveFigure, languageFigure, lengthFigure, shapesFigure } from "./figures";
export type { EvaluationTable } from "./format";
export { reportTables } from "./markdown";
export { type EvaluationResults, readResults } from "./results";
export { readReport, writeReport } from "./writeReport";
