export {
  type ChosenMode,
  chooseMode,
  type Exportable,
  type ExportMode,
  nativeNeedsOf,
} from './choose-mode.ts'
export { removeNative } from './remove-native.ts'
export { runNativeExport } from './run-native-export.ts'
export { verifyNative } from './verify-native.ts'
