// Package browser is the tests that use the product: they start the real program, open its pages in a real Chromium, and look at
// what a person would see. There is nothing in it but tests.
//
// It is a package of its own, because its tests are run in another way than all others: without the race detector, which would
// watch the browser's messages being read and make that slow, and two at a time. A machine without Chromium fails them.
package browser
