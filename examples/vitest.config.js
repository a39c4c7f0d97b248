// Without this file vitest takes the configuration of the folder above, which is for the tests of
// octobind itself.
export default {};
