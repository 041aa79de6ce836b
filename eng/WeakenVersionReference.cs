using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies an ELF library and marks one symbol version that it needs as weak, so that it also loads where the version is missing.
/// TorchSharp's native library names GLIBCXX_3.4.32 (GCC 13), Debian 12 has 3.4.30. The one symbol behind it is an empty function
/// that compilers refer to and nothing calls. The copy has one bit changed (VER_FLG_WEAK; Linux Standard Base, symbol versioning).
/// Where any of this is not as expected, the copy is the file as it was.
/// </summary>
public class WeakenVersionReference : Task
{
    private const uint VersionNeeds = 0x6ffffffe;     // SHT_GNU_verneed
    private const uint VersionSymbols = 0x6fffffff;   // SHT_GNU_versym
    private const uint DynamicSymbols = 11;           // SHT_DYNSYM
    private const byte WeakFlag = 2;                  // VER_FLG_WEAK

    /// <summary>The library. It is never written to: a package folder may share it with other builds.</summary>
    [Required] public string Source { get; set; }

    /// <summary>The copy.</summary>
    [Required] public string Destination { get; set; }

    /// <summary>The version's name.</summary>
    [Required] public string Version { get; set; }

    /// <summary>The only symbol that may be behind it.</summary>
    [Required] public string Symbol { get; set; }

    /// <inheritdoc />
    public override bool Execute()
    {
        var bytes = File.ReadAllBytes(Source);
        int? flags = null;
        try
        {
            flags = FlagsOf(bytes);
        }
        catch (Exception e) when (e is InvalidOperationException || e is IndexOutOfRangeException || e is ArgumentException || e is OverflowException)
        {
            // No ELF file of 64 bits, or a damaged one.
        }
        if (flags is int at) bytes[at] |= WeakFlag;
        Log.LogMessage(MessageImportance.Low, flags == null ? "{0}: {1} stays as it is" : "{0}: {1} is weak", Source, Version);
        try
        {
            Write(bytes);
        }
        catch (Exception e) when (e is IOException || e is UnauthorizedAccessException)
        {
            Log.LogErrorFromException(e);
        }
        return !Log.HasLoggedErrors;
    }

    /// <summary>
    /// A new file, in case the old one is somebody else's as well. It is whole once it has its name: a part of it, left by a full disk,
    /// would be newer than the source, and the next build would take it.
    /// </summary>
    private void Write(byte[] bytes)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(Destination));
        Directory.CreateDirectory(folder);
        var begun = Path.Combine(folder, Path.GetRandomFileName());
        try
        {
            File.WriteAllBytes(begun, bytes);
            File.Delete(Destination);
            File.Move(begun, Destination);
        }
        finally
        {
            File.Delete(begun);
        }
    }

    private int? FlagsOf(byte[] file)
    {
        const uint ElfMagic = 0x464c457f;
        if (U32(file, 0) != ElfMagic || file[4] != 2 || file[5] != 1) return null;   // 64 bits, little-endian
        var sections = Sections(file).ToList();
        var needs = sections.Single(section => section.Type == VersionNeeds);
        var strings = sections[(int)needs.Link];

        int? found = null;
        ushort index = 0;
        for (var need = needs.Offset; ; need += checked((int)U32(file, need + 12)))
        {
            for (var version = need + checked((int)U32(file, need + 8)); ; version += checked((int)U32(file, version + 12)))
            {
                if (Text(file, strings.Offset + checked((int)U32(file, version + 8))) == Version)
                {
                    if (found != null) return null;
                    found = version + 4;
                    index = U16(file, version + 6);
                }
                if (U32(file, version + 12) == 0) break;
            }
            if (U32(file, need + 12) == 0) break;
        }
        return found != null && SymbolsOf(file, sections, index).SequenceEqual(new[] { Symbol }) ? found : null;
    }

    private static IEnumerable<string> SymbolsOf(byte[] file, List<Section> sections, ushort version)
    {
        var symbols = sections.Single(section => section.Type == DynamicSymbols);
        var versions = sections.Single(section => section.Type == VersionSymbols);
        var strings = sections[(int)symbols.Link];
        for (var i = 0; i < versions.Size / 2; i++)
        {
            if ((U16(file, versions.Offset + 2 * i) & 0x7fff) == version)
                yield return Text(file, strings.Offset + checked((int)U32(file, symbols.Offset + 24 * i)));
        }
    }

    private static IEnumerable<Section> Sections(byte[] file)
    {
        var table = checked((int)U64(file, 0x28));
        int count = U16(file, 0x3c), size = U16(file, 0x3a);
        if (table > file.Length - count * size) yield break;   // cut off: the table is the file's last part
        for (var i = 0; i < count; i++)
        {
            var at = table + i * size;
            yield return new Section
            {
                Type = U32(file, at + 4), Offset = checked((int)U64(file, at + 24)), Size = checked((int)U64(file, at + 32)), Link = U32(file, at + 40),
            };
        }
    }

    private static string Text(byte[] file, int at) => Encoding.ASCII.GetString(file, at, Array.IndexOf(file, (byte)0, at) - at);

    private static ushort U16(byte[] file, int at) => BitConverter.ToUInt16(file, at);

    private static uint U32(byte[] file, int at) => BitConverter.ToUInt32(file, at);

    private static ulong U64(byte[] file, int at) => BitConverter.ToUInt64(file, at);

    private struct Section
    {
        public uint Type;
        public int Offset;
        public int Size;
        public uint Link;
    }
}
