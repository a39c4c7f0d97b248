// AssemblyScript's number types for the host's compiler, so that assembly/hal.ts can type the
// emulator's imports.
type i32 = number;
type u32 = number;
type usize = number;
