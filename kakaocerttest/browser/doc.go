// Package browser tests the simulator's pages, and those of the examples, in a real browser. It is a
// module of its own, so that nobody else needs the browser's driver.
package browser
