// Package httpguard keeps from a server on this machine what has no business there.
//
// Any page of the web can make a browser send requests to a loopback address. A
// [Guard] lets through only requests that name the server by a name or address of its
// own, and that no page of another origin has caused. [Server] bounds how long a
// client that stalls may hold a connection.
package httpguard
