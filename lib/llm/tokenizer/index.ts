export { type ByteLevelBpeOptions, byteLevelBpe } from "./byteLevelBpe";
export { type ChatPrompt, encodeChat } from "./chatPrompt";
export {
  type ChatMessage,
  type ChatRequest,
  type RenderedChat,
  type RenderedContent,
  renderChat,
  renderChatWithSpans,
} from "./chatTemplate";
export { TokenizerError } from "./error";
export { ggufTokenizer } from "./ggufTokenizer";
export { hfTokenizer } from "./hfTokenizer";
export { PRE_TOKENIZERS, type PreTokenizerName } from "./preTokenizers";
export type { SpecialToken } from "./specialTokens";
export type { DecodeOptions, EncodeOptions, Encoding, Span, StreamDecoder, Tokenizer } from "./tokenizer";
export { tokenRange } from "./tokenRanges";
