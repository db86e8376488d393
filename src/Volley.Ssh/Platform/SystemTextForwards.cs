using System.Runtime.CompilerServices;
using Volley.Ssh;

// A part of this library's public API. They are declared in Volley.Interop, whose functions take such text.
[assembly: TypeForwardedTo(typeof(SystemText))]
[assembly: TypeForwardedTo(typeof(SystemTextMarshaller))]
