(function_definition name: (identifier) @name) @function
(class_definition name: (identifier) @name) @class
(type_alias_statement left: (type (identifier) @name)) @type
(decorated_definition definition: (_ name: (identifier) @name)) @whole
(module (assignment left: (identifier) @name) @constant)

(call function: [(identifier) @ref (attribute attribute: (identifier) @ref)])
(class_definition superclasses: (argument_list [
  (identifier) @ref (attribute attribute: (identifier) @ref)
  (subscript value: (identifier) @ref)]))
(decorator [(identifier) @ref (attribute attribute: (identifier) @ref)])
(type (identifier) @ref)
(type (attribute attribute: (identifier) @ref))
(type (generic_type (identifier) @ref))
(type (binary_operator (identifier) @ref))
(raise_statement [(identifier) @ref (attribute attribute: (identifier) @ref)])
(except_clause value: [(identifier) @ref (attribute attribute: (identifier) @ref)
  (tuple (identifier) @ref)])

(import_statement name: [(dotted_name) @import (aliased_import name: (dotted_name) @import)])
(import_from_statement module_name: (_) @from (wildcard_import))
(import_from_statement module_name: (_) @from
  name: [(dotted_name) @import (aliased_import name: (dotted_name) @import)])
