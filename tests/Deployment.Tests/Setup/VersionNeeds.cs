using System.Buffers.Binary;
using System.Text;

namespace MiniBatch.Deployment.Tests.Setup;

/// <summary>A symbol version that a library needs of another.</summary>
/// <param name="Of">The other library.</param>
/// <param name="Flags">2: weak, may be missing.</param>
internal sealed record VersionNeed(string Of, string Name, int Flags);

/// <summary>
/// The versions that an ELF library needs, found as the dynamic loader finds them: from the program headers by the dynamic section
/// (ELF-64 Object File Format, figures 6 and 9; Linux Standard Base, symbol versioning). The build's own task goes by the section
/// headers, which the loader does not read.
/// </summary>
internal sealed class VersionNeeds
{
    private const uint Loaded = 1;                    // PT_LOAD
    private const uint Dynamic = 2;                   // PT_DYNAMIC
    private const ulong Strings = 5;                  // DT_STRTAB
    private const ulong Versions = 0x6ffffffe;        // DT_VERNEED
    private const ulong VersionsCount = 0x6fffffff;   // DT_VERNEEDNUM

    private readonly byte[] _file;
    private readonly List<(uint Type, int Offset, ulong Address, int Size)> _segments = [];

    private VersionNeeds(byte[] file)
    {
        _file = file;
        var table = (int)U64(0x20);
        for (var i = 0; i < U16(0x38); i++)
        {
            var at = table + i * U16(0x36);
            _segments.Add((U32(at), (int)U64(at + 8), U64(at + 16), (int)U64(at + 32)));
        }
    }

    public static IReadOnlyList<VersionNeed> Of(byte[] file) => [.. new VersionNeeds(file).Read()];

    private IEnumerable<VersionNeed> Read()
    {
        var dynamic = _segments.Single(segment => segment.Type == Dynamic);
        var entries = Enumerable.Range(0, dynamic.Size / 16).Select(i => dynamic.Offset + 16 * i)
            .TakeWhile(at => U64(at) != 0).DistinctBy(at => U64(at)).ToDictionary(at => U64(at), at => U64(at + 8));
        var strings = OffsetOf(entries[Strings]);
        var need = OffsetOf(entries[Versions]);
        for (var left = entries[VersionsCount]; left > 0; left--)
        {
            var version = need + (int)U32(need + 8);
            for (var count = U16(need + 2); count > 0; count--)
            {
                yield return new VersionNeed(Text(strings + (int)U32(need + 4)), Text(strings + (int)U32(version + 8)), U16(version + 4));
                version += (int)U32(version + 12);
            }
            need += (int)U32(need + 12);
        }
    }

    private int OffsetOf(ulong address)
    {
        var segment = _segments.Single(segment => segment.Type == Loaded && address >= segment.Address && address < segment.Address + (ulong)segment.Size);
        return segment.Offset + (int)(address - segment.Address);
    }

    private string Text(int at) => Encoding.ASCII.GetString(_file, at, Array.IndexOf(_file, (byte)0, at) - at);

    private ushort U16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_file.AsSpan(at));

    private uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_file.AsSpan(at));

    private ulong U64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_file.AsSpan(at));
}
