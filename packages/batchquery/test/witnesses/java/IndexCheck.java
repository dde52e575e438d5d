import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.internal.column.columnindex.BoundaryOrder;
import org.apache.parquet.internal.column.columnindex.ColumnIndex;
import org.apache.parquet.internal.column.columnindex.OffsetIndex;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;

/** Compares the statistics and the page index of a file with its values. */
final class IndexCheck {
    private final MessageType schema;
    /** By column, and by group: the values, and the rows. */
    private final List<List<List<Object>>> groups;
    private final List<List<List<Object>>> rows;
    private final List<String> problems;

    IndexCheck(
            MessageType schema, List<List<List<Object>>> groups, List<List<List<Object>>> rows, List<String> problems) {
        this.schema = schema;
        this.groups = groups;
        this.rows = rows;
        this.problems = problems;
    }

    void check(InputFile input) throws Exception {
        try (ParquetFileReader reader = ParquetFileReader.open(input)) {
            List<BlockMetaData> blocks = reader.getRowGroups();
            for (int g = 0; g < blocks.size(); g++) {
                for (int c = 0; c < groups.size(); c++) {
                    ColumnDescriptor column = schema.getColumns().get(c);
                    ColumnChunkMetaData chunk = blocks.get(g).getColumns().get(c);
                    String where = Arrays.toString(column.getPath()) + " in group " + g;
                    checkChunk(where, chunk, column, groups.get(c).get(g));
                    checkPages(where, reader, chunk, column, rows.get(c).get(g));
                }
            }
        }
    }

    private void checkChunk(String where, ColumnChunkMetaData chunk, ColumnDescriptor column, List<Object> values) {
        Summary summary = new Summary(Summary.orderOf(column), values);
        Statistics<?> statistics = chunk.getStatistics();
        if (statistics.getNumNulls() != summary.nulls) problems.add(where + " has " + summary.nulls + " NULLs: " + statistics);
        if (chunk.getValueCount() != values.size()) problems.add(where + " has the wrong number of values: " + chunk);
        if (!statistics.hasNonNullValue()) {
            if (summary.least != null && !summary.mayLackBounds()) problems.add(where + " has no bounds");
        } else if (!summary.allows(statistics.genericGetMin(), statistics.genericGetMax())) {
            problems.add(where + ": " + statistics + " of values from " + summary.least + " to " + summary.most);
        }
    }

    private void checkPages(
            String where, ParquetFileReader reader, ColumnChunkMetaData chunk, ColumnDescriptor column, List<Object> rows)
            throws Exception {
        OffsetIndex places = reader.readOffsetIndex(chunk);
        ColumnIndex index = reader.readColumnIndex(chunk);
        if (places == null) {
            problems.add(where + " has no offset index");
            return;
        }
        List<Summary> pages = new ArrayList<>();
        for (int p = 0; p < places.getPageCount(); p++) {
            int first = (int) places.getFirstRowIndex(p);
            int end = (int) places.getLastRowIndex(p, rows.size()) + 1;
            pages.add(new Summary(Summary.orderOf(column), valuesOf(rows.subList(first, end))));
        }
        if (index == null) {
            if (pages.stream().noneMatch(Summary::mayLackBounds)) problems.add(where + " has no column index");
            return;
        }
        List<Object> lows = new ArrayList<>();
        List<Object> highs = new ArrayList<>();
        for (int p = 0; p < pages.size(); p++) {
            Summary page = pages.get(p);
            String what = where + ", page " + p;
            if (index.getNullCounts().get(p) != page.nulls) problems.add(what + " has the wrong number of NULLs");
            boolean isNullPage = page.least == null && !page.hasNaN;
            if (index.getNullPages().get(p) != isNullPage) problems.add(what + " is a page of NULLs, or none");
            if (isNullPage) continue;
            lows.add(bound(column, index.getMinValues().get(p)));
            highs.add(bound(column, index.getMaxValues().get(p)));
            if (!page.allows(lows.get(lows.size() - 1), highs.get(highs.size() - 1))) {
                problems.add(what + ": bounds " + lows.get(lows.size() - 1) + ", " + highs.get(highs.size() - 1)
                        + " of values from " + page.least + " to " + page.most);
            }
        }
        BoundaryOrder order = boundaryOrder(Summary.orderOf(column), lows, highs);
        if (index.getBoundaryOrder() != order) problems.add(where + ": " + index.getBoundaryOrder() + ", and it is " + order);
    }

    private static List<Object> valuesOf(List<Object> rows) {
        List<Object> values = new ArrayList<>();
        for (Object row : rows) {
            if (!(row instanceof List<?> list)) values.add(row);
            else if (list.isEmpty()) values.add(null);
            else values.addAll(list);
        }
        return values;
    }

    private static BoundaryOrder boundaryOrder(Comparator<Object> order, List<Object> lows, List<Object> highs) {
        boolean ascending = true;
        boolean descending = true;
        for (int k = 1; k < lows.size(); k++) {
            int low = order.compare(lows.get(k - 1), lows.get(k));
            int high = order.compare(highs.get(k - 1), highs.get(k));
            ascending &= low <= 0 && high <= 0;
            descending &= low >= 0 && high >= 0;
        }
        return ascending ? BoundaryOrder.ASCENDING : descending ? BoundaryOrder.DESCENDING : BoundaryOrder.UNORDERED;
    }

    private static Object bound(ColumnDescriptor column, ByteBuffer bytes) {
        ByteBuffer little = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        switch (column.getPrimitiveType().getPrimitiveTypeName()) {
            case BOOLEAN: return little.get(0) != 0;
            case INT32: return little.getInt(little.position());
            case INT64: return little.getLong(little.position());
            case FLOAT: return little.getFloat(little.position());
            case DOUBLE: return little.getDouble(little.position());
            default: return Binary.fromReusedByteBuffer(little).copy();
        }
    }
}
