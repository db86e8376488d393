using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

// ASSEMBLY DOCUMENTATION RESULT REFERENCE…: copies a file of doc comments without those of members that are not public, because the compiler writes the
// comments of all. There is no result if nothing is left.
var references = args[3..].Append(args[0]).Select(file => MetadataReference.CreateFromFile(file));
var compilation = CSharpCompilation.Create("documentation", references: references);
var documentation = XDocument.Load(args[1], LoadOptions.PreserveWhitespace);
foreach (var member in documentation.Descendants("member").ToList())
{
    if (!DocumentationCommentId.GetSymbolsForDeclarationId(member.Attribute("name")!.Value, compilation).Any(IsPublic))
    {
        // With the indentation before it.
        (member.PreviousNode as XText)?.Remove();
        member.Remove();
    }
}
if (documentation.Descendants("member").Any())
    documentation.Save(args[2], SaveOptions.DisableFormatting);

static bool IsPublic(ISymbol symbol)
{
    for (; symbol is not INamespaceSymbol; symbol = symbol.ContainingSymbol)
    {
        if (symbol.DeclaredAccessibility is not (Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal))
            return false;
    }
    return true;
}
