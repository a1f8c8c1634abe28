namespace Sv2.Roles.Orleans.Silos;

/// <summary>A stream whose bytes go to a sink in parts of a bounded size.</summary>
internal sealed class ExportParts(IExportSink sink) : Stream
{
    private const int PartBytes = 64 * 1024;

    private readonly byte[] _part = new byte[PartBytes];
    private int _length;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            int taken = Math.Min(buffer.Length, PartBytes - _length);
            buffer[..taken].CopyTo(_part.AsMemory(_length));
            _length += taken;
            buffer = buffer[taken..];
            if (_length == PartBytes) await SendAsync().ConfigureAwait(false);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Sends what is left.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) => _length == 0 ? Task.CompletedTask : SendAsync();

    public override void Flush()
    {
        // A writer that is disposed of flushes; what is left is sent by FlushAsync.
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Written asynchronously only.");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private async Task SendAsync()
    {
        byte[] part = _part[.._length];
        _length = 0;
        await sink.WriteAsync(part).ConfigureAwait(false);
    }
}

/// <summary>A sink that writes to a stream of this silo.</summary>
internal sealed class ExportSink(Stream destination, CancellationToken cancellation) : IExportSink
{
    public async Task WriteAsync(byte[] part) => await destination.WriteAsync(part, cancellation).ConfigureAwait(false);
}
