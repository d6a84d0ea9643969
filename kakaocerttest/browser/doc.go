// Package browser tests the pages of the simulator and of the examples in a
// real browser. It is a module of its own, so that no other module needs the
// browser's driver.
package browser
