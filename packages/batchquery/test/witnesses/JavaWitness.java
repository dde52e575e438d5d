import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntPredicate;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.VersionParser;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.filter2.compat.FilterCompat;
import org.apache.parquet.filter2.predicate.FilterApi;
import org.apache.parquet.filter2.predicate.FilterPredicate;
import org.apache.parquet.filter2.predicate.Operators;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.internal.column.columnindex.BoundaryOrder;
import org.apache.parquet.internal.column.columnindex.ColumnIndex;
import org.apache.parquet.internal.column.columnindex.OffsetIndex;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import shaded.parquet.com.fasterxml.jackson.databind.JsonNode;
import shaded.parquet.com.fasterxml.jackson.databind.ObjectMapper;

/**
 * Reads Parquet files with parquet-java for the tests. Each line of stdin is a request in JSON, and gets a line of JSON: the
 * types, the values, and what is wrong with the statistics, with the page index or with the rows that predicates find.
 */
public final class JavaWitness {
    /** Points that the predicates of one column are tried at. */
    private static final int MOST_POINTS = 8;
    /** Bounds are cut to this many bytes. */
    private static final int LONGEST_BOUND = 64;

    private final InputFile input;
    private final ParquetReadOptions options =
            ParquetReadOptions.builder(new PlainParquetConfiguration()).usePageChecksumVerification(true).build();
    private final MessageType schema;
    private final String createdBy;
    private final Map<String, String> metadata;
    /** By column, and by group. */
    private final List<List<List<Object>>> groups = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private long rows = 0;

    public static void main(String[] args) throws Exception {
        ObjectMapper json = new ObjectMapper();
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Object reply;
            try {
                JsonNode request = json.readTree(line);
                reply = new JavaWitness(Path.of(request.get("path").asText())).answer(request);
            } catch (Exception | StackOverflowError error) {
                reply = Map.of("error", error + " " + Objects.toString(error.getCause(), ""));
            }
            out.println(json.writeValueAsString(reply));
            out.flush();
        }
    }

    private JavaWitness(Path path) throws Exception {
        input = new LocalInputFile(path);
        try (ParquetFileReader reader = ParquetFileReader.open(input, options)) {
            schema = reader.getFileMetaData().getSchema();
            createdBy = reader.getFileMetaData().getCreatedBy();
            metadata = reader.getFileMetaData().getKeyValueMetaData();
            schema.getColumns().forEach(column -> groups.add(new ArrayList<>()));
            for (PageReadStore pages = reader.readNextRowGroup(); pages != null; pages = reader.readNextRowGroup()) {
                ColumnReadStoreImpl columns = new ColumnReadStoreImpl(
                        pages, new GroupRecordConverter(schema).getRootConverter(), schema, createdBy);
                for (int c = 0; c < groups.size(); c++) {
                    groups.get(c).add(read(columns.getColumnReader(schema.getColumns().get(c)), pages.getRowCount()));
                }
                rows += pages.getRowCount();
            }
        }
    }

    private Map<String, Object> answer(JsonNode request) throws Exception {
        VersionParser.ParsedVersion version = VersionParser.parse(createdBy);
        if (!version.application.equals("batchquery") || !version.hasSemanticVersion()) {
            problems.add("the writer is not known: " + createdBy);
        }
        if (request.get("statistics").asBoolean()) checkStatistics();
        if (request.get("predicates").asBoolean()) {
            for (int c = 0; c < groups.size(); c++) {
                // A predicate's name of a column has its path with dots.
                ColumnDescriptor column = schema.getColumns().get(c);
                if (!column.getPath()[0].contains(".")) checkPredicates(column, groups.get(c));
            }
        }
        List<Object> values = new ArrayList<>();
        for (int c = 0; c < groups.size(); c++) {
            PrimitiveType type = schema.getColumns().get(c).getPrimitiveType();
            List<Object> shown = new ArrayList<>();
            if (request.get("values").asBoolean()) groups.get(c).forEach(g -> g.forEach(v -> shown.add(shown(type, v))));
            values.add(shown);
        }
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("rows", rows);
        reply.put("names", schema.getColumns().stream().map(column -> column.getPath()[0]).toList());
        reply.put("types", schema.getFields().stream().map(Object::toString).toList());
        reply.put("values", values);
        reply.put("createdBy", createdBy);
        reply.put("metadata", metadata);
        reply.put("problems", problems);
        return reply;
    }

    private static List<Object> read(ColumnReader reader, long count) {
        List<Object> values = new ArrayList<>();
        int present = reader.getDescriptor().getMaxDefinitionLevel();
        for (long row = 0; row < count; row++) {
            values.add(reader.getCurrentDefinitionLevel() < present ? null : valueOf(reader));
            reader.consume();
        }
        return values;
    }

    private static Object valueOf(ColumnReader reader) {
        switch (reader.getDescriptor().getPrimitiveType().getPrimitiveTypeName()) {
            case BOOLEAN: return reader.getBoolean();
            case INT32: return reader.getInteger();
            case INT64: return reader.getLong();
            case FLOAT: return reader.getFloat();
            case DOUBLE: return reader.getDouble();
            default: return reader.getBinary().copy();
        }
    }

    /** A value as the tests have it. */
    private static Object shown(PrimitiveType type, Object value) {
        if (value == null || value instanceof Boolean) return value;
        if (value instanceof Float number) return String.format("%08x", Float.floatToRawIntBits(number));
        if (value instanceof Double number) return String.format("%016x", Double.doubleToRawLongBits(number));
        LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
        if (logical instanceof DecimalLogicalTypeAnnotation decimal) {
            BigInteger digits = value instanceof Binary bytes
                    ? new BigInteger(bytes.getBytes())
                    : BigInteger.valueOf(((Number) value).longValue());
            return new BigDecimal(digits, decimal.getScale()).toPlainString();
        }
        if (value instanceof Binary bytes) {
            if (logical != null) return bytes.toStringUsingUTF8();
            StringBuilder hex = new StringBuilder();
            for (byte b : bytes.getBytes()) hex.append(String.format("%02X", b));
            return hex.toString();
        }
        boolean unsigned = logical instanceof IntLogicalTypeAnnotation integer && !integer.isSigned();
        if (!unsigned) return value.toString();
        return value instanceof Long number
                ? Long.toUnsignedString(number)
                : Integer.toUnsignedString((Integer) value);
    }

    // The statistics and the page index.

    /** What the values from one row to another have. */
    private static final class Summary {
        final Comparator<Object> order;
        long nulls = 0;
        boolean hasNaN = false;
        Object least = null;
        Object most = null;
        final Set<Object> distinct = new HashSet<>();

        Summary(Comparator<Object> order, List<Object> values) {
            this.order = order;
            for (Object value : values) {
                if (value == null) nulls++;
                else if (isNaN(value)) hasNaN = true;
                else {
                    if (least == null || order.compare(value, least) < 0) least = value;
                    if (most == null || order.compare(value, most) > 0) most = value;
                    distinct.add(value);
                }
            }
        }

        boolean allows(Object low, Object high) {
            if (least == null || most == null || hasNaN) return false;
            if (least instanceof Float a) return low.equals(a == 0 ? -0f : a) && high.equals(most.equals(-0f) ? 0f : most);
            if (least instanceof Double a) return low.equals(a == 0 ? -0d : a) && high.equals(most.equals(-0d) ? 0d : most);
            if (!(least instanceof Binary a)) return low.equals(least) && high.equals(most);
            boolean isLow = a.length() <= LONGEST_BOUND
                    ? low.equals(a)
                    : Arrays.equals(a.getBytes(), 0, ((Binary) low).length(), ((Binary) low).getBytes(), 0, ((Binary) low).length());
            boolean isHigh = ((Binary) most).length() <= LONGEST_BOUND
                    ? high.equals(most)
                    : order.compare(high, most) > 0 && ((Binary) high).length() <= LONGEST_BOUND;
            return isLow && isHigh;
        }

        boolean allowsNone() {
            return least == null || hasNaN || (most instanceof Binary binary && binary.length() > LONGEST_BOUND);
        }
    }

    private static boolean isNaN(Object value) {
        return value instanceof Float a && a.isNaN() || value instanceof Double b && b.isNaN();
    }

    @SuppressWarnings("unchecked")
    private static Comparator<Object> orderOf(ColumnDescriptor column) {
        return (Comparator<Object>) (Comparator<?>) column.getPrimitiveType().comparator();
    }

    private void checkStatistics() throws Exception {
        try (ParquetFileReader reader = ParquetFileReader.open(input, options)) {
            List<BlockMetaData> blocks = reader.getRowGroups();
            for (int g = 0; g < blocks.size(); g++) {
                for (int c = 0; c < groups.size(); c++) {
                    ColumnDescriptor column = schema.getColumns().get(c);
                    ColumnChunkMetaData chunk = blocks.get(g).getColumns().get(c);
                    String where = Arrays.toString(column.getPath()) + " in group " + g;
                    checkChunk(where, chunk, column, groups.get(c).get(g));
                    checkPages(where, reader, chunk, column, groups.get(c).get(g));
                }
            }
        }
    }

    private void checkChunk(String where, ColumnChunkMetaData chunk, ColumnDescriptor column, List<Object> values) {
        Summary summary = new Summary(orderOf(column), values);
        Statistics<?> statistics = chunk.getStatistics();
        if (statistics.getNumNulls() != summary.nulls) problems.add(where + " has " + summary.nulls + " NULLs: " + statistics);
        if (chunk.getValueCount() != values.size()) problems.add(where + " has the wrong number of values: " + chunk);
        if (!statistics.hasNonNullValue()) {
            if (!summary.allowsNone()) problems.add(where + " has no bounds");
        } else if (!summary.allows(statistics.genericGetMin(), statistics.genericGetMax())) {
            problems.add(where + ": " + statistics + " of values from " + summary.least + " to " + summary.most);
        }
    }

    private void checkPages(
            String where, ParquetFileReader reader, ColumnChunkMetaData chunk, ColumnDescriptor column, List<Object> values)
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
            int end = (int) places.getLastRowIndex(p, values.size()) + 1;
            pages.add(new Summary(orderOf(column), values.subList(first, end)));
        }
        if (index == null) {
            if (pages.stream().noneMatch(Summary::allowsNone)) problems.add(where + " has no column index");
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
        BoundaryOrder order = boundaryOrder(orderOf(column), lows, highs);
        if (index.getBoundaryOrder() != order) problems.add(where + ": " + index.getBoundaryOrder() + ", and it is " + order);
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

    // Predicates.

    private void checkPredicates(ColumnDescriptor column, List<List<Object>> values) throws Exception {
        Comparator<Object> order = orderOf(column);
        List<Object> all = values.stream().flatMap(Collection::stream).toList();
        for (Object point : pointsOf(column, values)) {
            String name = column.getPath()[0];
            check(name + " = " + point, all, condition(column, point, "="), c -> c == 0, order, point);
            check(name + " < " + point, all, condition(column, point, "<"), c -> c < 0, order, point);
            check(name + " <= " + point, all, condition(column, point, "<="), c -> c <= 0, order, point);
            check(name + " > " + point, all, condition(column, point, ">"), c -> c > 0, order, point);
            check(name + " >= " + point, all, condition(column, point, ">="), c -> c >= 0, order, point);
        }
        if (all.isEmpty()) return;
        long nulls = all.stream().filter(Objects::isNull).count();
        FilterPredicate isNull = condition(column, null, "=");
        long found = count(isNull);
        if (found != nulls) problems.add(column.getPath()[0] + " IS NULL: " + found + " rows, and not " + nulls);
    }

    private void check(
            String what, List<Object> all, FilterPredicate condition, IntPredicate matches, Comparator<Object> order, Object point)
            throws Exception {
        if (condition == null) return;
        // NaN is above all numbers.
        long wanted = all.stream().filter(v -> v != null && matches.test(order.compare(v, point))).count();
        long found = count(condition);
        if (found != wanted) problems.add(what + ": " + found + " rows, and not " + wanted);
    }

    private long count(FilterPredicate condition) throws Exception {
        long found = 0;
        try (ParquetReader<Group> reader = new Reader(input).withFilter(FilterCompat.get(condition)).build()) {
            while (reader.read() != null) found++;
        }
        return found;
    }

    private static final class Reader extends ParquetReader.Builder<Group> {
        Reader(InputFile file) {
            super(file, new PlainParquetConfiguration());
        }

        @Override
        protected ReadSupport<Group> getReadSupport() {
            return new GroupReadSupport();
        }
    }

    /** The bounds of each group, a value between them, and the neighbors of all these. */
    private static List<Object> pointsOf(ColumnDescriptor column, List<List<Object>> values) {
        Set<Object> points = new LinkedHashSet<>();
        for (List<Object> group : values) {
            Summary summary = new Summary(orderOf(column), group);
            if (summary.least == null) continue;
            Object middle = group.get(group.size() / 2);
            points.add(summary.least);
            points.add(summary.most);
            if (middle != null && !isNaN(middle)) points.add(middle);
            addNeighbors(points, summary.most);
            addNeighbors(points, summary.least);
        }
        return points.stream().limit(MOST_POINTS).toList();
    }

    private static void addNeighbors(Set<Object> points, Object value) {
        if (value instanceof Integer number) points.addAll(List.of(number - 1, number + 1));
        if (value instanceof Long number) points.addAll(List.of(number - 1, number + 1));
        if (value instanceof Float number) points.addAll(List.of(Math.nextUp(number), Math.nextDown(number)));
        if (value instanceof Double number) points.addAll(List.of(Math.nextUp(number), Math.nextDown(number)));
        if (value instanceof Binary binary && binary.length() != 16) {
            byte[] bytes = binary.getBytes();
            points.add(Binary.fromConstantByteArray(Arrays.copyOf(bytes, bytes.length + 1)));
            points.add(Binary.fromConstantByteArray(Arrays.copyOf(bytes, Math.min(bytes.length, 20))));
        }
    }

    private static FilterPredicate condition(ColumnDescriptor column, Object point, String operator) {
        String name = column.getPath()[0];
        PrimitiveTypeName type = column.getPrimitiveType().getPrimitiveTypeName();
        switch (type) {
            case BOOLEAN: return operator.equals("=") ? FilterApi.eq(FilterApi.booleanColumn(name), (Boolean) point) : null;
            case INT32: return compared(FilterApi.intColumn(name), (Integer) point, operator);
            case INT64: return compared(FilterApi.longColumn(name), (Long) point, operator);
            case FLOAT: return compared(FilterApi.floatColumn(name), (Float) point, operator);
            case DOUBLE: return compared(FilterApi.doubleColumn(name), (Double) point, operator);
            default: return compared(FilterApi.binaryColumn(name), (Binary) point, operator);
        }
    }

    private static <T extends Comparable<T>, C extends Operators.Column<T> & Operators.SupportsLtGt> FilterPredicate compared(
            C column, T point, String operator) {
        switch (operator) {
            case "=": return FilterApi.eq((Operators.Column<T> & Operators.SupportsEqNotEq) column, point);
            case "<": return FilterApi.lt(column, point);
            case "<=": return FilterApi.ltEq(column, point);
            case ">": return FilterApi.gt(column, point);
            default: return FilterApi.gtEq(column, point);
        }
    }
}
