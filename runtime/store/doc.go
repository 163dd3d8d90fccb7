// Package store keeps values that are too large for the record of an execution: in a bucket
// of S3, in a folder, or in memory for tests. [Open] makes one of what the environment
// variable [Variable] says, so that the same bootstrap runs here and there.
//
// A key is made of the execution and of the digest of the value: what is put twice, by
// another attempt for example, is the same object. Nothing is ever removed: a
// lifecycle rule of the bucket does that, or whoever removes the folder.
package store
