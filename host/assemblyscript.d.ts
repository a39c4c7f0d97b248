// AssemblyScript's types as the host sees them, so that assembly/hal.ts types the imports of the emulator.
type i32 = number;
type u32 = number;
type usize = number;
