namespace MiniBatch.Processes.Harness;

/// <summary>Counts the lines of a file that grows, reading no byte twice until another file has its name.</summary>
internal sealed class LineCounter(string path) : IDisposable
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private FileStream? _file;
    private int _lines;

    /// <summary>Complete lines by now; 0 while there is no file.</summary>
    public int Count()
    {
        if (_file is not null && File.ResolveLinkTarget($"/proc/self/fd/{_file.SafeFileHandle.DangerousGetHandle()}", returnFinalTarget: false)?.FullName != path) Forget();
        if (_file is null && !File.Exists(path)) return 0;
        _file ??= new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        int read;
        while ((read = _file.Read(_buffer)) > 0) _lines += _buffer.AsSpan(0, read).Count((byte)'\n');
        return _lines;
    }

    public void Dispose() => _file?.Dispose();

    private void Forget()
    {
        _file?.Dispose();
        _file = null;
        _lines = 0;
    }
}
