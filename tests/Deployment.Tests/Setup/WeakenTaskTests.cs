using System.Buffers.Binary;
using System.Text;

namespace MiniBatch.Deployment.Tests.Setup;

/// <summary>Files that are not as eng/WeakenVersionReference.cs expects, and what it made of them: one call for all.</summary>
public sealed class WeakenedFiles : IDisposable
{
    private const string Version = "GLIBCXX_3.4.32";
    private const string Symbol = "_ZSt21ios_base_library_initv";
    private const int SectionTableOffset = 0x28, SectionCount = 0x3c;

    private static readonly byte[] Original = File.ReadAllBytes(BuiltOutput.InPackage("libLibTorchSharp.so"));

    private readonly TemporaryFolder _folder = new();

    public WeakenedFiles()
    {
        Directory.CreateDirectory(_folder.PathOf("in"));
        foreach (var (name, bytes) in Files) File.WriteAllBytes(_folder.PathOf($"in/{name}"), bytes);
        (ExitCode, var output, var error) = Weaken(_folder, "$(MSBuildProjectDirectory)/in/*");
        Words = output + error;
    }

    public int ExitCode { get; }

    public string Words { get; }

    /// <summary>Those that are to stay as they are.</summary>
    public static IReadOnlyDictionary<string, byte[]> Unchanged { get; } = new Dictionary<string, byte[]>
    {
        ["empty"] = [],
        ["the first bytes of an ELF file alone"] = Original[..4],
        ["random bytes"] = RandomBytes(100_000),
        ["ELF and then random bytes"] = [.. Original[..16], .. RandomBytes(100_000)],
        ["a file of 32 bits"] = Changed(bytes => bytes[4] = 1),
        ["a big-endian file"] = Changed(bytes => bytes[5] = 2),
        ["without section headers"] = Changed(bytes => { Write64(bytes, SectionTableOffset, 0); Write16(bytes, SectionCount, 0); }),
        ["with section headers beyond its end"] = Changed(bytes => Write64(bytes, SectionTableOffset, (ulong)Original.Length)),
        ["with section headers beyond all files' ends"] = Changed(bytes => Write64(bytes, SectionTableOffset, ulong.MaxValue)),
        ["with sections that link to no section"] = Changed(bytes => EachSection(bytes, at => Write32(bytes, at + 40, uint.MaxValue))),
        ["with sections that begin beyond its end"] = Changed(bytes => EachSection(bytes, at => Write64(bytes, at + 24, int.MaxValue))),
        ["without sections of versions"] = Changed(bytes => EachSection(bytes, at => Write32(bytes, at + 4, 1))),
        ["with another version"] = Changed(bytes => Replace(bytes, Version, "GLIBCXX_3.4.39")),
        ["with another symbol"] = Changed(bytes => Replace(bytes, Symbol, "_ZSt21ios_base_library_inix")),
        ["cut within the header"] = Original[..0x30],
        ["cut in half"] = Original[..(Original.Length / 2)],
        ["cut by a byte"] = Original[..^1],
        ["weak already"] = File.ReadAllBytes(Path.Combine(BuiltOutput.WorkerFolder, "libLibTorchSharp.so")),
    };

    private static IEnumerable<KeyValuePair<string, byte[]>> Files => Unchanged.Append(new("the original", Original));

    public byte[] SourceOf(string name) => File.ReadAllBytes(_folder.PathOf($"in/{name}"));

    public byte[] CopyOf(string name) => File.ReadAllBytes(_folder.PathOf($"out/{name}"));

    public void Dispose() => _folder.Dispose();

    /// <summary>Runs the task as eng/Libtorch.targets does, over files into the folder's "out".</summary>
    internal static (int ExitCode, string Output, string Error) Weaken(TemporaryFolder folder, string files, string shell = "")
    {
        folder.Write("weaken.proj", $"""
            <Project>
              <UsingTask TaskName="WeakenVersionReference" TaskFactory="RoslynCodeTaskFactory" AssemblyFile="$(MSBuildToolsPath)/Microsoft.Build.Tasks.Core.dll">
                <Task>
                  <Code Type="Class" Language="cs" Source="{Repository.PathOf("eng/WeakenVersionReference.cs")}" />
                </Task>
              </UsingTask>
              <Target Name="Weaken">
                <ItemGroup>
                  <File Include="{files}" />
                </ItemGroup>
                <WeakenVersionReference Source="%(File.FullPath)" Destination="out/%(File.Filename)%(File.Extension)" Version="{Version}" Symbol="{Symbol}" />
              </Target>
            </Project>
            """);
        return Tool.Run(folder.Path, "bash", "-c", $"{shell} exec dotnet msbuild weaken.proj -nologo -verbosity:minimal -nodeReuse:false");
    }

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Changed(Action<byte[]> change)
    {
        var bytes = (byte[])Original.Clone();
        change(bytes);
        return bytes;
    }

    private static void EachSection(byte[] bytes, Action<int> change)
    {
        var table = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(SectionTableOffset));
        for (var i = 0; i < BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(SectionCount)); i++) change(table + 64 * i);
    }

    private static void Replace(byte[] bytes, string name, string by)
    {
        var at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(name));
        Assert.True(at > 0);
        Encoding.ASCII.GetBytes(by).CopyTo(bytes, at);
    }

    private static void Write16(byte[] bytes, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), value);

    private static void Write32(byte[] bytes, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);

    private static void Write64(byte[] bytes, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), value);
}

/// <summary>Where a library is not as expected, a build gets it as it was.</summary>
public sealed class WeakenTaskTests(WeakenedFiles files) : IClassFixture<WeakenedFiles>
{
    public static TheoryData<string> Unchanged => [.. WeakenedFiles.Unchanged.Keys];

    [Fact]
    public void No_file_fails_the_build() => Assert.True(files.ExitCode == 0, files.Words);

    [Theory]
    [MemberData(nameof(Unchanged))]
    public void A_file_of_another_shape_is_copied_as_it_is(string file) => Assert.True(WeakenedFiles.Unchanged[file].AsSpan().SequenceEqual(files.CopyOf(file)));

    [Theory]
    [MemberData(nameof(Unchanged))]
    public void A_source_is_not_written_to(string file) => Assert.True(WeakenedFiles.Unchanged[file].AsSpan().SequenceEqual(files.SourceOf(file)));

    [Fact]
    public void The_original_is_changed_by_one_bit()
    {
        // The files above were given to a task that does something.
        var (source, copy) = (files.SourceOf("the original"), files.CopyOf("the original"));
        Assert.Equal(1, Enumerable.Range(0, source.Length).Sum(i => int.PopCount(source[i] ^ copy[i])));
    }

    [Fact]
    public void A_copy_that_breaks_off_leaves_nothing_that_a_next_build_would_take()
    {
        using var folder = new TemporaryFolder();
        // Files end at 1 MB, as on a disk that is full by then. .NET reserves memory by a large file unless it is told not to.
        var (exitCode, output, _) = WeakenedFiles.Weaken(folder, BuiltOutput.InPackage("libLibTorchSharp.so"), "export DOTNET_EnableWriteXorExecute=0; trap '' XFSZ; ulimit -f 1024;");
        Assert.Equal(1, exitCode);
        Assert.Contains("too large", output);
        Assert.Empty(Directory.GetFiles(folder.PathOf("out")));
    }
}
