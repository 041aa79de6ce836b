using MiniBatch.Shared.Files;

namespace MiniBatch.Coordinator.Tests.Recording;

/// <summary>This machine's files on a disk that hangs when asked to: whoever writes waits until it goes on, as on a volume whose server is gone.</summary>
internal sealed class HungDisk : IFileSystem
{
    private static readonly IFileSystem Files = LocalFileSystem.Instance;

    private readonly ManualResetEventSlim _goesOn = new(initialState: true);

    public void Hang() => _goesOn.Reset();

    public void GoOn() => _goesOn.Set();

    public string TemporaryNameOf(string path) => Files.TemporaryNameOf(path);

    public bool Exists(string path) => Files.Exists(path);

    public byte[] ReadAllBytes(string path) => Files.ReadAllBytes(path);

    public IReadOnlyList<string> List(string folder, string suffix) => Files.List(folder, suffix);

    public void CreateFolder(string path) => Files.CreateFolder(path);

    public void Delete(string path) => Files.Delete(path);

    public void Rename(string from, string to) => Files.Rename(from, to);

    public IOpenFile Open(string path, FileMode mode, FileShare share) => new HungFile(Files.Open(path, mode, share), _goesOn);

    private sealed class HungFile(IOpenFile file, ManualResetEventSlim goesOn) : IOpenFile
    {
        public long Length => file.Length;

        public void Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
        {
            goesOn.Wait();
            file.Write(offset, parts);
        }

        public void SetLength(long length) => file.SetLength(length);

        public void Sync()
        {
            goesOn.Wait();
            file.Sync();
        }

        public void Dispose() => file.Dispose();
    }
}
